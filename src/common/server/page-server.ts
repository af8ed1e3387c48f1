import { chmodSync, chownSync, existsSync, lstatSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createConnection, isIP, type Socket } from "node:net";
import { dirname } from "node:path";
import { RunError } from "../errors.ts";
import { escapeUnsafe } from "../quote.ts";
import { isSystemError, systemErrorText } from "../system-error.ts";
import { formatListenAddress, isLocal, type ListenAddress } from "./listen-address.ts";

/** The response for a path. */
export interface Page {
  readonly status?: number;
  readonly type: string;
  readonly body: string;
}

/** Pages by path; each request creates its page. */
export type Pages = ReadonlyMap<string, () => Page>;

/** Does what a POST asks for, by the parameters behind its path, and returns the answer, or promises it. */
export type Action = (query: URLSearchParams) => Page | Promise<Page>;

/** Actions by path. Only a server that no page in a browser can reach may have some: a unix socket. */
export type Actions = ReadonlyMap<string, Action>;

const NO_ACTIONS: Actions = new Map();

/** Only root may connect to a daemon of root's. */
const SOCKET_MODE = 0o660;
/** Most connections at the same time: a scraper, `status` and a health check need three. */
const MAX_CONNECTIONS = 16;
const TIMEOUT_MS = 5000;
/** Interval in which the server looks for connections beyond the timeout. */
const CHECK_MS = 1000;

/**
 * Closes the oldest connection when there are too many. Requests are answered at once, so the oldest connection is one
 * without a request, which must not keep others away.
 */
function makeWay(server: Server): void {
  const connections = new Set<Socket>();
  server.on("connection", (socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
    const [oldest] = connections;
    if (connections.size > MAX_CONNECTIONS) oldest?.destroy();
  });
}

/**
 * Whether a request to the loopback address names the loopback address as its host. Another name comes from a page in a
 * browser on this machine whose site's DNS returns the loopback address (DNS rebinding), so that the browser would let
 * the site read the answer.
 */
function isLocalHost(host: string): boolean {
  const name = /^(?:\[([^\]]+)\]|([^:]*))(?::\d+)?$/.exec(host);
  const bare = name?.[1] ?? name?.[2] ?? host;
  return bare === "" || bare.toLowerCase() === "localhost" || isIP(bare) !== 0;
}

/** A server of a few pages over HTTP, and of actions. */
export class PageServer {
  readonly address: ListenAddress;
  readonly #server: Server;

  private constructor(address: ListenAddress, server: Server) {
    this.address = address;
    this.#server = server;
  }

  /**
   * Begins to listen. Replaces a unix socket on which no process listens any more.
   * @param option that named the address, for messages
   * @param actions for POST
   * @throws {RunError} if the address is in use, or may not be used
   */
  static async listen(
    address: ListenAddress,
    pages: Pages,
    option: string,
    actions: Actions = NO_ACTIONS,
  ): Promise<PageServer> {
    const timeouts = { requestTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS, connectionsCheckingInterval: CHECK_MS };
    const isKnownHost = address.kind === "tcp" && isLocal(address) ? isLocalHost : () => true;
    const server = createServer(timeouts, (request, response) => {
      if (isKnownHost(request.headers.host ?? "")) void answer(pages, actions, request, response);
      else response.writeHead(421, { connection: "close" }).end("this address is not served under that name\n");
    });
    makeWay(server);
    const shown = escapeUnsafe(`${option} ${formatListenAddress(address)}`);
    try {
      if (address.kind === "unix") await makeRoom(address.path, shown);
      await listening(server, address);
      // A connection that can't be accepted, for lack of memory or descriptors, is lost to its client; the daemon
      // continues.
      server.on("error", () => {});
      if (address.kind === "unix") open(address);
    } catch (error) {
      server.close();
      if (!isSystemError(error)) throw error;
      throw new RunError(`${shown}: ${listenErrorText(error)}`);
    }
    const bound = server.address();
    const isTcp = address.kind === "tcp" && typeof bound === "object" && bound !== null;
    return new PageServer(isTcp ? { ...address, port: bound.port } : address, server);
  }

  /** Stops listening and removes a unix socket. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}

/** Lets the user and the group of a socket connect. */
function open({ path, gid }: { readonly path: string; readonly gid?: number }): void {
  if (gid !== undefined) {
    try {
      chownSync(path, -1, gid);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      throw new RunError(
        `${escapeUnsafe(path)}: can't be given to group ${gid}: ${systemErrorText(error)}: without CAP_CHOWN the program must be a member of the group (systemd: SupplementaryGroups=)`,
      );
    }
  }
  chmodSync(path, SOCKET_MODE);
}

const listening = (server: Server, address: ListenAddress): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    const done = (): void => {
      server.off("error", reject);
      resolve();
    };
    if (address.kind === "unix") server.listen(address.path, done);
    else server.listen(address.port, address.host, done);
  });

/** Removes a socket that a killed daemon has left, and nothing else. */
async function makeRoom(path: string, shown: string): Promise<void> {
  if (!existsSync(dirname(path))) {
    throw new RunError(`${shown}: its directory does not exist: create it, or name another path`);
  }
  const existing = lstatSync(path, { throwIfNoEntry: false });
  if (existing === undefined) return;
  if (!existing.isSocket()) {
    throw new RunError(`${shown}: exists and is no socket: name another path`);
  }
  if (await isServed(path)) {
    throw new RunError(`${shown}: another process listens there: name another socket`);
  }
  rmSync(path, { force: true });
}

/** Whether a process accepts connections on a unix socket. */
const isServed = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection(path);
    const end = (result: boolean) => () => {
      socket.destroy();
      resolve(result);
    };
    socket.once("connect", end(true));
    socket.once("error", end(false));
  });

function listenErrorText(error: NodeJS.ErrnoException): string {
  if (error.code === "EADDRINUSE") return "the port is in use: name another one, or 0 for any";
  if (error.code === "EADDRNOTAVAIL") return "this machine has no such address";
  return `can't listen there: ${systemErrorText(error)}`;
}

async function answer(
  pages: Pages,
  actions: Actions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const isOrder = request.method === "POST" && actions.size > 0;
  const page = isOrder ? await act(actions, request) : pageFor(pages, request);
  response.writeHead(page.status ?? 200, {
    "content-type": page.type,
    "content-length": Buffer.byteLength(page.body),
    connection: "close",
  });
  response.end(request.method === "HEAD" ? undefined : page.body);
}

const plain = (status: number, body: string): Page => ({ status, type: "text/plain; charset=utf-8", body });

async function act(actions: Actions, { url = "/" }: IncomingMessage): Promise<Page> {
  const [path = "", query] = url.split("?", 2);
  const action = actions.get(path);
  if (action === undefined) return plain(404, `POST: there are ${[...actions.keys()].join(", ")}\n`);
  try {
    return await action(new URLSearchParams(query));
  } catch (error) {
    return failed(error);
  }
}

function pageFor(pages: Pages, { method, url = "/" }: IncomingMessage): Page {
  if (method !== "GET" && method !== "HEAD") return plain(405, "only GET and HEAD are supported\n");
  const make = pages.get(url.split("?", 1)[0] as string);
  if (make === undefined) return plain(404, `there are ${[...pages.keys()].join(", ")}\n`);
  try {
    return make();
  } catch (error) {
    return failed(error);
  }
}

/** A page that fails must not end the daemon. */
const failed = (error: unknown): Page => plain(500, `${error instanceof Error ? error.message : String(error)}\n`);
