/** The page's address, which follows what is shown. */

/** Rest before the address is changed, in milliseconds: browsers limit how often. */
const ADDRESS_MS = 250;

/** Puts what is shown into the present entry of the history. */
export class AddressBar {
  readonly #fragment: () => string;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param fragment what is shown, as a fragment of an address without `#` */
  constructor(fragment: () => string) {
    this.#fragment = fragment;
  }

  /** Changes the address when the hand rests. */
  keep(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.put(), ADDRESS_MS);
  }

  /** Changes the address now. */
  put(): void {
    clearTimeout(this.#timer);
    history.replaceState(null, "", `#${this.#fragment()}`);
  }

  /**
   * Shows something else, which is another entry of the history, unless a link has made one. The event hashchange comes with Back.
   * @param parameter what of the address names it
   * @param from its key so far
   * @param to its key from now on
   */
  enter(parameter: string, from: string, to: string, show: () => void): void {
    const isNew = from !== to && new URLSearchParams(location.hash.slice(1)).get(parameter) !== to;
    if (isNew) this.put();
    show();
    if (isNew) history.pushState(null, "", `#${this.#fragment()}`);
  }

  /**
   * Copies the address.
   * @param lacksFile whether what is shown is a file of the reader that is too long for an address
   * @param say tells what was done
   */
  copy(lacksFile: boolean, say: (text: string) => void): void {
    this.put();
    const rest = lacksFile
      ? " The opened file is too long for it: send the file, too, to be opened before the link."
      : "";
    navigator.clipboard?.writeText(location.href).then(
      () => say(`The link is copied.${rest}`),
      () => say(`The link is in the address bar.${rest}`),
    );
  }
}
