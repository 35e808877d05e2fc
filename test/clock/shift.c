// Preloaded (LD_PRELOAD) into every process of a test run: its wall clock is CLOCK_SHIFT_S seconds off (shift.mjs builds it).
// The embedded engine reads the kernel's vdso itself, past libc, so the vdso's own functions are replaced in memory.
// Nothing else moves: not the monotonic clock, not the times of files. Linux on x86-64.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

static long shift_s;

static int is_wall(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

static long raw2(long number, long a, long b) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b) : "rcx", "r11", "memory");
  return result;
}

static int shifted_clock_gettime(clockid_t clock, struct timespec *at) {
  long result = raw2(SYS_clock_gettime, clock, (long)at);
  if (result == 0 && is_wall(clock)) at->tv_sec += shift_s;
  return (int)result;
}

static int shifted_gettimeofday(struct timeval *at, void *zone) {
  long result = raw2(SYS_gettimeofday, (long)at, (long)zone);
  if (result == 0 && at != NULL) at->tv_sec += shift_s;
  return (int)result;
}

static time_t shifted_time(time_t *at) {
  struct timespec now;
  shifted_clock_gettime(CLOCK_REALTIME, &now);
  if (at != NULL) *at = now.tv_sec;
  return now.tv_sec;
}

static void jump(char *from, void *to) {
  char code[12] = {0x48, (char)0xb8, 0, 0, 0, 0, 0, 0, 0, 0, (char)0xff, (char)0xe0};
  memcpy(code + 2, &to, 8);
  memcpy(from, code, sizeof code);
}

__attribute__((constructor)) static void replace_clock(void) {
  const char *text = getenv("CLOCK_SHIFT_S");
  shift_s = text == NULL ? 0 : atol(text);
  char *base = (char *)getauxval(AT_SYSINFO_EHDR);
  if (base == NULL || shift_s == 0) return;
  Elf64_Ehdr *header = (Elf64_Ehdr *)base;
  Elf64_Phdr *segment = (Elf64_Phdr *)(base + header->e_phoff);
  size_t size = 0;
  Elf64_Dyn *dynamic = NULL;
  for (int i = 0; i < header->e_phnum; i++) {
    if (segment[i].p_type == PT_LOAD) size = segment[i].p_vaddr + segment[i].p_memsz;
    if (segment[i].p_type == PT_DYNAMIC) dynamic = (Elf64_Dyn *)(base + segment[i].p_vaddr);
  }
  if (dynamic == NULL || mprotect(base, (size + 4095) & ~4095UL, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) abort();
  Elf64_Sym *symbols = NULL;
  const char *names = NULL;
  for (; dynamic->d_tag != DT_NULL; dynamic++) {
    if (dynamic->d_tag == DT_SYMTAB) symbols = (Elf64_Sym *)(base + dynamic->d_un.d_ptr);
    if (dynamic->d_tag == DT_STRTAB) names = base + dynamic->d_un.d_ptr;
  }
  // The string table follows the symbol table in the vdso.
  int found = 0;
  for (Elf64_Sym *symbol = symbols + 1; (const char *)symbol < names; symbol++) {
    const char *name = names + symbol->st_name;
    char *at = base + symbol->st_value;
    if (strcmp(name, "__vdso_clock_gettime") == 0) jump(at, shifted_clock_gettime), found++;
    if (strcmp(name, "__vdso_gettimeofday") == 0) jump(at, shifted_gettimeofday), found++;
    if (strcmp(name, "__vdso_time") == 0) jump(at, shifted_time), found++;
  }
  if (found < 3) abort();
}

int clock_gettime(clockid_t clock, struct timespec *at) { return shifted_clock_gettime(clock, at); }
int gettimeofday(struct timeval *restrict at, void *restrict zone) { return shifted_gettimeofday(at, zone); }
time_t time(time_t *at) { return shifted_time(at); }

// The kernel counts waits by its own clock: a deadline of the wall clock goes back. Deadlines of the monotonic clock
// are seconds since boot, so they are small.
static const struct timespec *real(const struct timespec *deadline, struct timespec *copy) {
  if (deadline == NULL || deadline->tv_sec < 1000000000L) return deadline;
  *copy = *deadline;
  copy->tv_sec -= shift_s;
  return copy;
}

#define NEXT(name, version) (version ? dlvsym(RTLD_NEXT, name, version) : dlsym(RTLD_NEXT, name))

int pthread_cond_timedwait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m, const struct timespec *restrict t) {
  static int (*next)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
  if (!next) next = NEXT("pthread_cond_timedwait", "GLIBC_2.3.2");
  struct timespec copy;
  return next(c, m, real(t, &copy));
}

int pthread_cond_clockwait(pthread_cond_t *c, pthread_mutex_t *m, clockid_t k, const struct timespec *t) {
  static int (*next)(pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *);
  if (!next) next = NEXT("pthread_cond_clockwait", (char *)0);
  struct timespec copy;
  return next(c, m, k, real(t, &copy));
}

int pthread_mutex_timedlock(pthread_mutex_t *restrict m, const struct timespec *restrict t) {
  static int (*next)(pthread_mutex_t *, const struct timespec *);
  if (!next) next = NEXT("pthread_mutex_timedlock", (char *)0);
  struct timespec copy;
  return next(m, real(t, &copy));
}

int sem_timedwait(sem_t *restrict s, const struct timespec *restrict t) {
  static int (*next)(sem_t *, const struct timespec *);
  if (!next) next = NEXT("sem_timedwait", (char *)0);
  struct timespec copy;
  return next(s, real(t, &copy));
}
