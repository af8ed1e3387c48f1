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

  /** Copies the address. @param say tells what was done */
  copy(say: (text: string) => void): void {
    this.put();
    navigator.clipboard?.writeText(location.href).then(
      () => say("The link is copied."),
      () => say("The link is in the address bar."),
    );
  }
}
