// Sets the theme before first paint: the reader's choice, else the system's. Not a module, so it runs at once.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('telltale-theme');
  } catch {
    // Storage may be forbidden; the system's preference is then used.
  }
  const dark = chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
