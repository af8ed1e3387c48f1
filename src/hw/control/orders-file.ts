import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { InputError, RunError } from "../../common/errors.ts";
import { temporaryBeside } from "../../common/files/temporary.ts";
import { parseJson } from "../../common/json.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../common/system-error.ts";
import { MAX_PAGES } from "../../common/units.ts";
import type { Ceiling } from "./ceiling.ts";
import { NO_ORDERS, type OrderedMode, type Orders } from "./orders.ts";

const FORMAT = "balloon-hw/orders";
const VERSION = 1;
const MODES: readonly OrderedMode[] = ["follow", "freeze", "drain"];
/** Write permissions of the group and of others. */
const WRITABLE_BY_OTHERS = 0o022;
/** A file of orders has less than a kilobyte. */
const MAX_FILE_BYTES = 65_536;

/**
 * The file with the orders that hold over restarts. It belongs to the daemon's user; it is written beside its place, synced to the
 * disk and then renamed, so that a crash of the machine leaves the old orders or the new ones.
 */
export class OrdersFile {
  readonly #path: string;
  readonly #shown: string;

  constructor(path: string) {
    this.#path = path;
    this.#shown = escapeUnsafe(path);
  }

  /**
   * The kept orders; none if there is no file.
   * @throws {InputError} if the file is not one that this daemon has written
   */
  read(): Orders {
    const text = this.#text();
    if (text === null) return NO_ORDERS;
    const parsed = parseJson(text);
    const orders = parsed.ok ? ordersIn(parsed.value) : null;
    if (orders !== null) return orders;
    throw this.#refusal("holds no orders that balloon-hw has written");
  }

  /**
   * Keeps these orders; removes the file if there are none.
   * @throws {RunError} if that fails; the file is then as it was
   */
  write(orders: Orders): void {
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o755 });
      if (orders.mode === "follow" && orders.limit === null) rmSync(this.#path, { force: true });
      else this.#replace(`${JSON.stringify({ format: FORMAT, version: VERSION, ...orders })}\n`);
      syncDirectory(dirname(this.#path));
    } catch (error) {
      if (!isSystemError(error)) throw error;
      throw new RunError(`${this.#shown}: can't be written: ${systemErrorText(error)}`);
    }
  }

  #text(): string | null {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;
    let fd: number;
    try {
      fd = openSync(this.#path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (error.code === "ENOENT") return null;
      throw this.#refusal(error.code === "ELOOP" ? "is a symbolic link" : systemErrorText(error));
    }
    try {
      const why = objection(fstatSync(fd));
      if (why !== null) throw this.#refusal(why);
      return readFileSync(fd, "utf8");
    } finally {
      closeSync(fd);
    }
  }

  #refusal(why: string): InputError {
    return new InputError(
      `${this.#shown}: ${why}: its orders can't be followed; remove it, and give the orders again with --persist`,
    );
  }

  #replace(text: string): void {
    const temporary = temporaryBeside(this.#path);
    const fd = openSync(temporary, "wx", 0o600);
    try {
      try {
        fchmodSync(fd, 0o600);
        writeFileSync(fd, text);
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      renameSync(temporary, this.#path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  }
}

function objection(stat: Stats): string | null {
  if (!stat.isFile()) return "is no file";
  if (stat.uid !== process.geteuid?.()) return "belongs to another user";
  if ((stat.mode & WRITABLE_BY_OTHERS) !== 0) return "may be written by other users";
  return stat.size > MAX_FILE_BYTES ? "is too large" : null;
}

function syncDirectory(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The orders in a parsed file; null if it has none. */
function ordersIn(value: unknown): Orders | null {
  if (typeof value !== "object" || value === null) return null;
  const { format, version, mode, frozenPages, limit } = value as Record<string, unknown>;
  if (format !== FORMAT || version !== VERSION || !MODES.includes(mode as OrderedMode)) return null;
  if (!isPages(frozenPages) || !(limit === null || isCeiling(limit))) return null;
  return { mode: mode as OrderedMode, frozenPages, limit };
}

const isPages = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_PAGES;

function isCeiling(value: unknown): value is Ceiling {
  if (typeof value !== "object" || value === null) return false;
  const { pages, percent } = value as Record<string, unknown>;
  if (pages !== undefined) return isPages(pages);
  return typeof percent === "number" && percent >= 0 && percent <= 100;
}
