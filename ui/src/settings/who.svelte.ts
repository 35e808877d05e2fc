// The name under which changes are recorded, as the reader typed it: there is no login. Stored in this browser.
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

  /** The name to send to the API; undefined when none was typed. */
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
