import { request } from "node:http";
import { RunError } from "../../common/errors.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { systemErrorText } from "../../common/system-error.ts";
import { failureFor } from "../exit-codes.ts";

const TIMEOUT_MS = 5000;

/**
 * A page of the running daemon.
 * @param socket path of its control socket
 * @throws {RunError} if no daemon answers there
 */
export function askDaemon(socket: string, page: string): Promise<string> {
  const shown = escapeUnsafe(socket);
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      reject(error instanceof RunError ? error : failureFor("NO_DAEMON", `${shown}: ${noAnswerText(error)}`));
    };
    const asking = request({ socketPath: socket, path: page, timeout: TIMEOUT_MS }, (response) => {
      response.setEncoding("utf8");
      let body = "";
      response.on("data", (piece: string) => {
        body += piece;
      });
      // The daemon has ended in the middle of its answer.
      response.on("error", failed);
      response.on("end", () => {
        if (response.statusCode === 200) resolve(body);
        else reject(new RunError(`${shown}: answered with status ${response.statusCode}`));
      });
    });
    asking.on("timeout", () => {
      asking.destroy(failureFor("NO_DAEMON", `${shown}: no answer within ${TIMEOUT_MS / 1000} s`));
    });
    asking.on("error", failed);
    asking.end();
  });
}

function noAnswerText(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT" || error.code === "ECONNREFUSED") return "no daemon runs there";
  if (error.code === "ECONNRESET") return "the daemon has ended before it had answered";
  return error.code === "EACCES" ? "only root may ask: use sudo" : systemErrorText(error);
}
