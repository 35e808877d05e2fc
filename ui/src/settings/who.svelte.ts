// Whose changes these are, in the reader's own words: there is no login. Kept in this browser.
const KEY = 'telltale-who';

class Who {
  #name = $state(read());

  get name(): string {
    return this.#name;
  }
  set name(name: string) {
    this.#name = name;
    try {
      localStorage.setItem(KEY, name);
    } catch {
      // Without storage the name lasts as long as the page.
    }
  }

  /** The name as the API is given it; undefined = nobody in particular. */
  get by(): string | undefined {
    const name = this.#name.trim();
    return name === '' ? undefined : name;
  }
}

function read(): string {
  try {
    return localStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}

export const who = new Who();
