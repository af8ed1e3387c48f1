import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll } from "vitest";

/** Why tests that need Redis are skipped; undefined: they are not. */
export const NO_REDIS =
  spawnSync("redis-server", ["--version"]).status === 0 ? undefined : "redis-server is not installed";

/** A Redis of a test's own, on a free port of the loopback address. */
export class RedisServer {
  readonly port: number;
  readonly url: string;
  readonly directory: string;
  readonly #options: readonly string[];
  #child: ChildProcess | null = null;

  private constructor(port: number, options: readonly string[]) {
    this.port = port;
    this.url = `redis://127.0.0.1:${port}/0`;
    this.directory = mkdtempSync(join(tmpdir(), "balloon-redis-"));
    this.#options = options;
  }

  /** Starts a Redis that is stopped after the tests of the file. @param options of redis-server */
  static async start(...options: string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), options);
    open.push(server);
    await server.begin();
    return server;
  }

  /** Starts it, or starts it again with the data that it has kept. */
  async begin(): Promise<void> {
    const own = ["--port", `${this.port}`, "--bind", "127.0.0.1", "--save", "", "--dir", this.directory];
    this.#child = spawn("redis-server", [...own, ...this.#options], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    for await (const chunk of this.#child.stdout as NodeJS.ReadableStream) {
      said += chunk;
      if (said.includes("Ready to accept connections")) break;
    }
    this.#child.stdout?.destroy();
  }

  /** Kills it as a power failure does. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  /** A connection, which is closed with the server. */
  client(options: { readonly password?: string } = {}): Redis {
    const client = new Redis({ port: this.port, host: "127.0.0.1", maxRetriesPerRequest: null, ...options });
    client.on("error", () => {});
    this.#clients.push(client);
    return client;
  }

  /** The keys that are left once the workers have seen that a study is over. */
  async keysInTheEnd(but: readonly string[] = ["balloon-sim:workers"]): Promise<string[]> {
    const client = this.client();
    let keys: string[] = [];
    for (let look = 0; look < 300; look++) {
      keys = (await client.keys("*")).filter((key) => !but.includes(key));
      if (keys.length === 0) break;
      await sleep(100);
    }
    return keys;
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  readonly #clients: Redis[] = [];
}

const open: RedisServer[] = [];
afterAll(async () => {
  for (const server of open.splice(0)) await server.stop();
});

/** A port of the loopback address that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
