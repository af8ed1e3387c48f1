import { type Command, Option } from "commander";
import { periodOption, sizeOption } from "../../../common/cli/option-values.ts";
import { InputError } from "../../../common/errors.ts";
import { quote } from "../../../common/quote.ts";
import type { Percent, Us } from "../../../common/units.ts";
import { valueOption } from "../options.ts";
import type { ShadowOptions } from "../shadow/options.ts";

const EXAMPLES = `
The shadow only reads: the statistics of the kernel's own driver vmw_balloon, which only root may read, and /proc. It predicts
that driver first, and prints the error of this prediction beside everything that it says about the other one. Ctrl-C ends it
with the report on standard output. balloon-sim shadow and balloon-hw shadow are the same command. docs/shadow.md explains what
it says.

Examples:
  $ balloon-sim shadow --proc copy/proc --vmmemctl copy/vmmemctl   files like those of a machine, which some program keeps up to date
  $ sudo balloon-hw shadow --rates tuned.json                      balloon-hw with these rates, until Ctrl-C
  $ sudo balloon-hw shadow --rates tuned.json --driver vmmemctl    the kernel's driver of 2010 with these rates
  $ sudo balloon-hw shadow --machine mine.json --report shadow.html --for 7d
  $ sudo balloon-hw shadow --metrics 127.0.0.1:9798 --record guest.jsonl`;

/** Adds `shadow`, to the commands of `balloon-sim`, and of `balloon-hw`. */
export function register(program: Command): void {
  program
    .command("shadow")
    .summary("say what other rates would have done, beside the kernel's own driver")
    .description(
      "Runs beside the kernel's own balloon driver, and says what other rates or another driver would have done.",
    )
    .option("--rates <file>", "constants of the other driver, as balloon-sim writes them")
    .option(
      "--driver <name>",
      "the other driver: balloon-hw, vmmemctl, vmw-balloon, open-vm-tools; default: that of --rates, and balloon-hw for vmmemctl's",
    )
    .addOption(
      valueOption("--floor <size>", "of balloon-hw: RAM that stays available; default: Hyper-V's formula", sizeOption),
    )
    .addOption(
      valueOption(
        "--psi-limit <percent>",
        "of balloon-hw: no sleeping allocations above this PSI full avg10",
        percentOption,
      ),
    )
    .option(
      "--machine <machine>",
      "this machine, calibrated: a file of balloon-sim calibrate; or server, lab (docs/machines.md)",
    )
    .addOption(
      valueOption("--window <time>", "usual length of a window, 30s or more", windowOption).default(600_000_000, "10m"),
    )
    .addOption(valueOption("--for <time>", "end after this time; default: at Ctrl-C or a signal", periodOption))
    .option("--report <file>", "a report, .html or .json, written anew after each window that was replayed")
    .option("--record <file>", "also record the machine, for balloon-sim import; an existing recording is continued")
    .option("--metrics <address>", "serve Prometheus metrics and the report at ADDRESS:PORT or unix:PATH")
    .option("--metrics-remote", "allow --metrics an address that other machines can reach")
    .option("--vmmemctl <file>", "the balloon driver's file in debugfs; default: the usual place")
    .option("--proc <directory>", "the directory with the kernel's figures", "/proc")
    .addOption(new Option("--sys <directory>", "the directory with the kernel's settings").default("/sys"))
    .option("-q, --quiet", "no lines about windows on standard error")
    .addHelpText("after", EXAMPLES)
    .action(async (options: ShadowOptions) => {
      const { runShadow } = await import("../shadow/run-shadow.ts");
      await runShadow(options, { name: program.name(), version: program.version() ?? "" });
    });
}

const LEAST_WINDOW_US = 30_000_000;

/** The usual length of a window, in microseconds. */
function windowOption(option: string, text: string): Us {
  const us = periodOption(option, text);
  if (us < LEAST_WINDOW_US) throw new InputError(`${option} ${quote(text)}: expected 30s or more`);
  return us;
}

function percentOption(option: string, text: string): Percent {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value <= 100) return value;
  throw new InputError(`${option} ${quote(text)}: expected a number of per cent from 0 to 100`);
}
