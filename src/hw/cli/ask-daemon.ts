import { request } from "node:http";
import { InputError, RunError } from "../../common/errors.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { systemErrorText } from "../../common/system-error.ts";
import { failureFor } from "../exit-codes.ts";

const TIMEOUT_MS = 5000;

/**
 * A page of the running daemon.
 * @param socket path of its control socket
 * @throws {RunError} if no daemon answers there
 */
export const askDaemon = (socket: string, page: string): Promise<string> => exchange(socket, "GET", page);

/**
 * Gives the running daemon an order, and returns what is in force now.
 * @param order path and parameters of an action
 * @throws {RunError} if no daemon answers there, the order is not in force yet, or a restart will not keep it
 * @throws {InputError} if the daemon refuses the order
 */
export const orderDaemon = (socket: string, order: string): Promise<string> => exchange(socket, "POST", order);

function exchange(socket: string, method: "GET" | "POST", path: string): Promise<string> {
  const shown = escapeUnsafe(socket);
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      reject(error instanceof RunError ? error : failureFor("NO_DAEMON", `${shown}: ${noAnswerText(error)}`));
    };
    const asking = request({ socketPath: socket, method, path, timeout: TIMEOUT_MS }, (response) => {
      response.setEncoding("utf8");
      let body = "";
      response.on("data", (piece: string) => {
        body += piece;
      });
      // The daemon has ended in the middle of its answer.
      response.on("error", failed);
      response.on("end", () => {
        if (response.statusCode === 200) resolve(body);
        else reject(refusal(shown, method, response.statusCode, body));
      });
    });
    asking.on("timeout", () => {
      asking.destroy(failureFor("NO_DAEMON", `${shown}: no answer within ${TIMEOUT_MS / 1000} s`));
    });
    asking.on("error", failed);
    asking.end();
  });
}

function refusal(shown: string, method: "GET" | "POST", status: number | undefined, body: string): Error {
  const why = escapeUnsafe(body.trim());
  if (method === "POST" && status === 400) return new InputError(`${shown}: ${why}`);
  if (method === "POST" && (status === 500 || status === 503)) return new RunError(`${shown}: ${why}`);
  const isOld = method === "POST" && status === 405;
  return new RunError(
    `${shown}: ${isOld ? "the daemon there is older and takes no orders: restart it" : `answered with status ${status}`}`,
  );
}

function noAnswerText(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT" || error.code === "ECONNREFUSED") return "no daemon runs there";
  if (error.code === "ECONNRESET") return "the daemon has ended before it had answered";
  return error.code === "EACCES" ? "only root may ask: use sudo" : systemErrorText(error);
}
