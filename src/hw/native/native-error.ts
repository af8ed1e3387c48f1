import { RunError } from "../../common/errors.ts";
import type { NativeFailure } from "./addon.ts";

/** A failure of the native half as an error. */
export class NativeError extends RunError implements NativeFailure {
  override name = "NativeError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
