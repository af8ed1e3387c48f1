import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import { InputError, RunError } from "../../../common/errors.ts";
import { parseJson } from "../../../common/json.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../../common/system-error.ts";
import { MAX_PAGES } from "../../../common/units.ts";
import type { Ceiling } from "../../control/ceiling.ts";
import { NO_ORDERS, type OrderedMode, type Orders } from "../../control/orders.ts";
import { type FilePort, MACHINE_FILES } from "./file-port.ts";
import { replaceFile, withHandle } from "./replace-file.ts";

const FORMAT = "balloon-hw/orders";
const VERSION = 1;
/** Only the daemon's user reads and writes it, whatever the umask is. */
const MODE = 0o600;
const MODES: readonly OrderedMode[] = ["follow", "freeze", "drain"];
/** Write permissions of the group and of others. */
const WRITABLE_BY_OTHERS = 0o022;
/** A file of orders has less than a kilobyte. */
const MAX_FILE_BYTES = 65_536;

/**
 * The file with the orders that hold over restarts. It belongs to the daemon's user; it is written beside its place, synced to the
 * disk and then renamed, so that a crash of the machine leaves the old orders or the new ones. Syncing may take a slow disk many
 * seconds, in which the event loop goes on.
 */
export class OrdersFile {
  readonly #path: string;
  readonly #shown: string;
  readonly #files: FilePort;
  /** All writes up to now, one after the other; does not fail. */
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, files: FilePort = MACHINE_FILES) {
    this.#path = path;
    this.#shown = escapeUnsafe(path);
    this.#files = files;
  }

  /** Its path, safe to print. */
  get shown(): string {
    return this.#shown;
  }

  /** Settles when no write is in progress any more. */
  get idle(): Promise<void> {
    return this.#writing;
  }

  /**
   * The kept orders; none if there is no file. To be called at the start: it waits for the disk.
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
   * Keeps these orders; removes the file if there are none. Writes are made in the order of the calls.
   * @throws {RunError} if that fails; the file is then as it was
   */
  write(orders: Orders): Promise<void> {
    const written = this.#writing.then(() => this.#write(orders));
    this.#writing = written.catch(() => {});
    return written;
  }

  async #write(orders: Orders): Promise<void> {
    const directory = dirname(this.#path);
    try {
      await this.#files.makeDirectory(directory, 0o755);
      if (orders.mode === "follow" && orders.limit === null) await this.#files.remove(this.#path);
      else {
        const text = `${JSON.stringify({ format: FORMAT, version: VERSION, ...orders })}\n`;
        await replaceFile(this.#files, this.#path, text, { mode: MODE, isSynced: true });
      }
      const { O_RDONLY, O_DIRECTORY } = constants;
      await withHandle(this.#files, directory, O_RDONLY | O_DIRECTORY, MODE, (handle) => handle.sync());
    } catch (error) {
      if (!isSystemError(error)) throw error;
      // A file has the place of the directory.
      const why =
        error.syscall === "mkdir" && error.code === "EEXIST" ? "its directory is a file" : systemErrorText(error);
      throw new RunError(`${this.#shown}: can't be written: ${why}`);
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
}

function objection(stat: Stats): string | null {
  if (!stat.isFile()) return "is no file";
  if (stat.uid !== process.geteuid?.()) return "belongs to another user";
  if ((stat.mode & WRITABLE_BY_OTHERS) !== 0) return "may be written by other users";
  return stat.size > MAX_FILE_BYTES ? "is too large" : null;
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
