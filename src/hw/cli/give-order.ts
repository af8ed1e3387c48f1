import type { Command } from "commander";
import { DEFAULT_SOCKET, DEFAULT_STATE } from "../settings/choices.ts";

/** Options of commands that give the daemon an order. */
export interface OrderOptions {
  readonly persist?: true;
  readonly socket: string;
}

/** Adds the options of a command that gives an order. */
export const addOrderOptions = (command: Command): Command =>
  command
    .option("--persist", `also after a restart of the daemon (kept in ${DEFAULT_STATE})`)
    .option("--socket <path>", "control socket of the daemon", DEFAULT_SOCKET);

/**
 * Gives an order to the daemon, and prints what is in force now.
 * @throws {RunError} also if the daemon has accepted the order and it is not in force yet, because the host is silent
 */
export async function giveOrder(
  order: string,
  { persist, socket }: OrderOptions,
  parameters: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { print } = await import("../../common/cli/output.ts");
  const { orderDaemon } = await import("./ask-daemon.ts");
  const query = new URLSearchParams({ ...parameters, ...(persist ? { persist: "" } : {}) }).toString();
  print(await orderDaemon(socket, `/${order}${query === "" ? "" : `?${query}`}`));
}
