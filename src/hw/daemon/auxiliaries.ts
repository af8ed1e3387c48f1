import { escapeUnsafe } from "../../common/quote.ts";
import { formatListenAddress, type ListenAddress } from "../../common/server/listen-address.ts";
import { type Actions, PageServer, type Pages } from "../../common/server/page-server.ts";
import type { Log } from "../log/log.ts";
import type { AuxiliaryState } from "../view/types.ts";
import { Auxiliary, type Opener } from "./auxiliary.ts";
import { FileWatch } from "./files/file-watch.ts";
import { MetricsFile } from "./metrics-file.ts";

/** The servers and files that a daemon keeps open. */
export class Auxiliaries {
  readonly #log: Log;
  readonly #kept: Auxiliary<unknown>[] = [];

  constructor(log: Log) {
    this.#log = log;
  }

  get states(): AuxiliaryState[] {
    return this.#kept.map(({ state }) => state);
  }

  /** Opens a server or a file, and opens it again after failures until `close`. */
  async keep<T>(opener: Opener<T>): Promise<Auxiliary<T>> {
    const auxiliary = new Auxiliary(opener, this.#log);
    this.#kept.push(auxiliary);
    await auxiliary.open();
    return auxiliary;
  }

  /** Serves pages at an address, and takes orders there if it has actions. */
  async serve(name: "socket" | "metrics", address: ListenAddress, pages: Pages, actions?: Actions): Promise<void> {
    const open = async (): Promise<PageServer> => {
      const server = await PageServer.listen(address, pages, `--${name}`, actions);
      const text = formatListenAddress(server.address);
      this.#log.info(`listening on ${text}`, { event: "listening", address: text });
      return server;
    };
    await this.keep({ name, open, close: (server) => server.close() });
  }

  /** Keeps a file of metrics. */
  async keepMetrics(path: string, text: () => string): Promise<void> {
    const watch = this.watch("metrics-file", path);
    const auxiliary = await this.keep<MetricsFile>({
      name: "metrics-file",
      watch,
      open: () => MetricsFile.open({ path, text, watch, failed: (error) => auxiliary.lost(error) }),
      close: (file) => file.close(),
    });
  }

  /** A watch of the file that an option names. */
  watch(name: "metrics-file" | "record" | "cycles", path: string): FileWatch {
    return new FileWatch(`--${name} ${escapeUnsafe(path)}`, name === "metrics-file" ? "writes" : "lines", this.#log);
  }

  /**
   * Closes all.
   * @returns whether all are closed; else a file system does not answer
   */
  async close(): Promise<boolean> {
    const closed = await Promise.all(this.#kept.splice(0).map((auxiliary) => auxiliary.end()));
    return closed.every(Boolean);
  }
}
