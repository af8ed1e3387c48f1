import { type Command, Option } from "commander";
import { DEFAULT_PSI_LIMIT } from "../../common/balloon-limits.ts";
import { DEFAULT_GIVE_WAY } from "../../common/give-way.ts";
import { formatTime } from "../../common/units.ts";
import { CHOICES, DEFAULT_SOCKET, DEFAULT_STATE } from "../settings/choices.ts";
import { type RawSettings, SETTING_NAMES } from "../settings/settings.ts";

const giveWay = DEFAULT_GIVE_WAY;

/** Adds the options that `run` and `emulate` share. */
export function addDaemonOptions(command: Command): Command {
  return command
    .option("--config <file>", "JSON with comments; its members have the names of options, which win over it")
    .option("--rates <file>", "constants of the policy, as balloon-sim writes them")
    .option("--floor <size>", "RAM that stays available, such as 512MiB; default: Hyper-V's formula, 1GiB of 16GiB")
    .option("--max <size>", "most that the balloon may have, such as 8GiB, or 50% of the machine's memory")
    .option("--psi-limit <percent>", "no sleeping allocations above this PSI full avg10", String(DEFAULT_PSI_LIMIT))
    .option("--no-give-way", "do not deflate under memory pressure against the host's target")
    .option("--give-way-psi <percent>", "PSI full avg10 above which the balloon gives way", String(giveWay.psi))
    .option("--give-way-after <time>", "time above that before it does", formatTime(giveWay.afterUs))
    .option("--give-way-pace <rate>", "what it gives a second, such as 64MiB/s; default: 1/64 of memory")
    .option("--give-way-hold-off <time>", "then no growth without pressure for", formatTime(giveWay.holdOffUs))
    .option("--give-way-hold-off-max <time>", "the longest, if it repeats", formatTime(giveWay.holdOffMaxUs))
    .option("--metrics <address>", "serve Prometheus metrics and health at ADDRESS:PORT or unix:PATH")
    .option("--metrics-remote", "allow --metrics an address that other machines can reach")
    .option("--metrics-group <group>", "a group that may use the socket of --metrics unix:PATH")
    .option("--metrics-file <file>", "write metrics for node_exporter's textfile collector, each 15 s")
    .addOption(new Option("--log <format>", "of the log, on standard error").choices(CHOICES.log).default("text"))
    .option("--record <file>", "record machine and balloon each second, for balloon-sim import")
    .option(
      "--record-limit <size>",
      "most bytes of a recording, and of cycles: at half of it, FILE becomes FILE.1",
      "256MiB",
    )
    .option("--cycles <file>", "append a row for each cycle, as CSV")
    .addOption(new Option("--pin <how>", "how pages are pinned").choices(CHOICES.pin).default("auto"))
    .option("--allow-unpinned-moves", "with --pin mlock: accept a kernel that moves locked pages, which is not safe")
    .addOption(
      new Option(
        "--protocol <level>",
        "commands to the host: for single pages, batches, batches of 2 MiB pages, or the best that it has",
      )
        .choices(CHOICES.protocol)
        .default("auto"),
    )
    .option("--socket <path>", "control socket, for balloon-hw status and orders", DEFAULT_SOCKET)
    .option("--state <directory>", "for orders that hold over restarts", DEFAULT_STATE);
}

/** The settings of the command line, by long names of options, without defaults. */
export function saidSettings(command: Command): RawSettings {
  const said: Record<string, unknown> = {};
  for (const option of command.options) {
    const attribute = option.attributeName();
    const name = option.negate ? option.name().replace(/^no-/, "") : option.name();
    if (SETTING_NAMES.includes(name) && command.getOptionValueSource(attribute) === "cli") {
      said[name] = command.getOptionValue(attribute);
    }
  }
  return said;
}
