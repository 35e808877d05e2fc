// Light or dark. public/theme.js has set it before first paint; this switches it and remembers the choice.

const KEY = 'telltale-theme';

class Theme {
  isDark = $state(document.documentElement.dataset.theme === 'dark');

  toggle(): void {
    this.isDark = !this.isDark;
    const name = this.isDark ? 'dark' : 'light';
    document.documentElement.dataset.theme = name;
    try {
      localStorage.setItem(KEY, name);
    } catch {
      // Storage may be forbidden; the choice then lasts until the page is left.
    }
  }
}

export const theme = new Theme();
