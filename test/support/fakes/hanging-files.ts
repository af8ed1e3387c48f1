import type { Stats } from "node:fs";
import { type FilePort, MACHINE_FILES, type OpenHandle } from "../../../src/hw/daemon/files/file-port.ts";

/** Files of this machine whose file system can stop answering, as one that is frozen does, and whose disk can fail. */
export class HangingFiles implements FilePort {
  /** System error of writes; null: they succeed. A write of several bytes writes half of them first. */
  failure: string | null = null;
  /** System error of syncs; null: they succeed. */
  syncFailure: string | null = null;
  /** Operations that have not returned. */
  inFlight = 0;
  /** Whether files that are open can't be examined. */
  isBlind = false;
  /** Files that are open. */
  openFiles = 0;
  #answer: Promise<void> = Promise.resolve();
  #release: () => void = () => {};

  /** From now on no operation returns, until `answer`. */
  hang(): void {
    this.#answer = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  /** The operations that wait are executed. */
  answer(): void {
    this.#release();
  }

  async open(path: string, flags: number | string, mode: number): Promise<OpenHandle> {
    const handle = await this.#wait(() => MACHINE_FILES.open(path, flags, mode));
    this.openFiles++;
    return {
      stat: () => this.#wait(() => (this.isBlind ? Promise.reject(systemError("EIO", "fstat")) : handle.stat())),
      chmod: (bits) => this.#wait(() => handle.chmod(bits)),
      read: (buffer, offset, length, position) => this.#wait(() => handle.read(buffer, offset, length, position)),
      write: (buffer, offset) => this.#wait(() => this.#write(handle, buffer, offset)),
      truncate: (bytes) => this.#wait(() => handle.truncate(bytes)),
      sync: () => this.#wait(() => this.#sync(handle)),
      close: () => this.#wait(() => handle.close().finally(() => this.openFiles--)),
    };
  }

  look(path: string): Promise<Stats | null> {
    return this.#wait(() => MACHINE_FILES.look(path));
  }

  makeDirectory(path: string, mode: number): Promise<void> {
    return this.#wait(() => MACHINE_FILES.makeDirectory(path, mode));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#wait(() => MACHINE_FILES.rename(from, to));
  }

  remove(path: string): Promise<void> {
    return this.#wait(() => MACHINE_FILES.remove(path));
  }

  async #sync(handle: OpenHandle): Promise<void> {
    if (this.syncFailure !== null) throw systemError(this.syncFailure, "fsync");
    await handle.sync();
  }

  async #write(handle: OpenHandle, buffer: Buffer, offset: number) {
    if (this.failure === null) return handle.write(buffer, offset);
    if (offset === 0 && buffer.length > 1) return handle.write(buffer.subarray(0, Math.floor(buffer.length / 2)), 0);
    throw systemError(this.failure, "write");
  }

  async #wait<T>(operation: () => Promise<T>): Promise<T> {
    this.inFlight++;
    try {
      await this.#answer;
      return await operation();
    } finally {
      this.inFlight--;
    }
  }
}

const systemError = (code: string, syscall: string): Error =>
  Object.assign(new Error(code), { code, syscall, errno: -5 });
