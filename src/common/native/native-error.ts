import { RunError } from "../errors.ts";

/** A failure of the native half as an error. */
export class NativeError extends RunError {
  override name = "NativeError";
  /** Stable and documented (docs/native.md). */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
