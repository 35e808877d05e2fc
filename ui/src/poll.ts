// Repeats a task while the page is visible: the next turn starts after the last one has ended, never two at once.

/**
 * @param everyMs the pause between turns; called before each, so it may change
 * @returns a function that stops it
 */
export function poll(task: () => Promise<void>, everyMs: () => number): () => void {
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = () => {
    if (!stopped) timer = setTimeout(turn, everyMs());
  };
  const turn = () => {
    timer = undefined;
    if (document.hidden) wait();
    else void task().finally(wait);
  };
  const onVisible = () => {
    if (document.hidden || timer === undefined) return;
    clearTimeout(timer);
    turn();
  };
  document.addEventListener('visibilitychange', onVisible);
  wait();
  return () => {
    stopped = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', onVisible);
  };
}
