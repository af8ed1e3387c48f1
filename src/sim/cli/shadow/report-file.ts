import { InputError } from "../../../common/errors.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { shadowPage } from "../../report/shadow/page.ts";
import type { ShadowAccount } from "../../shadow/account.ts";
import type { PicturedWindow } from "../../shadow/shadow.ts";
import { writeWhole } from "../with-output.ts";

/** Writes a report of a shadow, anew each time: the file is always whole. */
export class ReportFile {
  readonly #path: string;
  readonly #textOf: (account: ShadowAccount, pictures: readonly PicturedWindow[]) => string;

  /** @throws {InputError} for a file whose name does not tell the format */
  constructor(path: string) {
    this.#path = path;
    if (/\.html?$/i.test(path)) this.#textOf = shadowPage;
    else if (/\.json$/i.test(path)) this.#textOf = (account) => `${JSON.stringify(account, null, 2)}\n`;
    else throw new InputError(`--report ${escapeUnsafe(path)}: expected a name that ends in .html or .json`);
  }

  /** @throws {InputError} if it can't be written */
  async write(account: ShadowAccount, pictures: readonly PicturedWindow[]): Promise<void> {
    await writeWhole(this.#path, "--report", this.#textOf(account, pictures));
  }
}
