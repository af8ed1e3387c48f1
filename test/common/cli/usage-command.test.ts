import { Argument, Option } from "commander";
import { describe, expect, test } from "vitest";
import { commandLine } from "../../../src/common/cli/command-line.ts";
import { InputError } from "../../../src/common/errors.ts";

/** A program with options and commands of all kinds. */
function program() {
  const top = commandLine("tool").option("-q, --quiet", "says less");
  top
    .command("run [file]")
    .option("-q, --quiet", "says less")
    .option("-o, --output <file>", "where to")
    .option("--seed <text>", "the seed")
    .option("--plot [file]", "draws")
    .option("--set <value>", "repeatable", (value: string, before: string[] = []) => [...before, value])
    .option("--on <trace...>", "several")
    .option("--bare <text>")
    .option("--every <time>", "how often", "1s")
    .addOption(new Option("--format <format>", "of rows").choices(["csv", "ndjson", "json"]))
    .action(() => {});
  const study = top.command("study");
  study.command("show <file>").action(() => {});
  study
    .command("best <file> <other>")
    .addOption(new Option("--kind <kind>").choices(["one"]))
    .action(() => {});
  top
    .command("completion")
    .addArgument(new Argument("<shell>").choices(["bash", "zsh"]))
    .action(() => {});
  return top;
}

const parse = (line: string) => program().parseAsync(line === "" ? [] : line.split(" "), { from: "user" });

describe("a usage error is one line that names what the command line has", () => {
  test.each([
    ["rum", 'unknown command "rum"; did you mean "run"? (--help lists them)'],
    ["elephant", 'unknown command "elephant" (--help lists them)'],
    ["study shw", 'unknown command "shw"; did you mean "show"? (--help lists them)'],
    ["run --sed 1", 'unknown option "--sed"; did you mean "--seed"? (--help lists them)'],
    ["run --verson", 'unknown option "--verson"; did you mean "--version"? (--help lists them)'],
    ["run x --elephant", 'unknown option "--elephant" (--help lists them)'],
    ["run --x", 'unknown option "--x" (--help lists them)'],
    ["run -x.json", 'unknown option "-x.json" (--help lists them; put -- before a name that begins with -)'],
    ["run --seed", "--seed: expected <text> after it: the seed"],
    ["run x -o", "--output: expected <file> after it: where to"],
    ["run x -qo", "--output: expected <file> after it: where to"],
    ["run --on", "--on: expected <trace...> after it: several"],
    ["run --format", "--format: expected csv, ndjson or json after it"],
    ["run --bare", "--bare: expected <text> after it"],
    ["run --format xml", '--format "xml": expected csv, ndjson or json'],
    ["study best a b --kind two", '--kind "two": expected one'],
    ["completion tcsh", 'shell "tcsh": expected bash or zsh'],
    ["run --seed 1 --seed 2", "--seed: is given twice: give it once"],
    ["run --seed 1 x --seed=1", "--seed: is given twice: give it once"],
    ["run -o a --output b", "--output: is given twice: give it once"],
    ["run -oa -qob", "--output: is given twice: give it once"],
    ["run --format csv --format json", "--format: is given twice: give it once"],
    ["run --plot --plot x.svg", "--plot: is given twice: give it once"],
    ["run --every 2s --every 3s", "--every: is given twice: give it once"],
    ["study show", "the argument <file> is missing (see --help)"],
    ["study best a", "the argument <other> is missing (see --help)"],
    ["run a b", "run: expected 1 argument, found 2"],
    ["study best a b c", "best: expected 2 arguments, found 3"],
  ])("%s", async (line, message) => {
    await expect(parse(line)).rejects.toThrow(new InputError(message));
  });
});

test.each([
  "run",
  "run x --format csv -qo y",
  "study best a b --kind one",
  "completion zsh",
  "run -- -x.json",
  "run --set 1 --set 2 --on a b --on c -q -q --every 2s",
  "-q run -q",
])("the command line accepts %s", async (line) => {
  await expect(parse(line)).resolves.toBeDefined();
});
