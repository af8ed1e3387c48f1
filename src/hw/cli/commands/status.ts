import type { Command } from "commander";
import { DEFAULT_SOCKET } from "../../settings/choices.ts";

const EXAMPLES = `
The text is that of the kernel driver's file vmmemctl in debugfs.

Examples:
  $ sudo balloon-hw status
  $ sudo balloon-hw status --json
  $ sudo curl --unix-socket ${DEFAULT_SOCKET} http://localhost/metrics     and /health, /status, /vmmemctl`;

/** Adds `balloon-hw status`. */
export function register(program: Command): void {
  program
    .command("status")
    .summary("print the state of the running daemon")
    .description("Prints the state of the daemon that runs on this machine.")
    .option("--json", "everything, as an object")
    .option("--socket <path>", "control socket of the daemon", DEFAULT_SOCKET)
    .addHelpText("after", EXAMPLES)
    .action(async ({ json, socket }: { json?: true; socket: string }) => {
      const { print } = await import("../../../common/cli/output.ts");
      const { askDaemon } = await import("../ask-daemon.ts");
      print(await askDaemon(socket, json === true ? "/status" : "/vmmemctl"));
    });
}
