import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { offersFor } from "../../../src/sim/cli/completion/offers.ts";
import { createProgram } from "../../../src/sim/cli/program.ts";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { ROOT, scratchDirectory, shell } from "../../support/processes/command.ts";

const scratch = scratchDirectory();
const hasShell = (name: string) => shell(`command -v ${name}`).status === 0;

const program = await createProgram(["complete"]);
/** The words that are offered for a command line. */
const offered = (...words: string[]) => offersFor(program, words).map(({ value }) => value);

describe("complete offers", () => {
  test("commands, with what they do", async () => {
    expect(offered("r")).toEqual(["run", "record", "rates", "report"]);
    expect((await callBalloonSim(["complete", "--", "tun"])).stdout).toBe("tune\tsearch for better constants\n");
    expect(offered("")).toEqual(expect.arrayContaining(["run", "help", "completion"]));
    expect(offered("")).not.toContain("complete");
    expect(offered("study", "")).toEqual(["show", "best", "export", "help"]);
    expect(offered("help", "tu")).toEqual(["tune"]);
  });

  test("options of the command, short ones while one dash stands there", () => {
    expect(offered("run", "--su")).toEqual(["--summary"]);
    expect(offered("--v")).toEqual(["--version"]);
    expect(offered("study", "best", "--pi")).toEqual(["--pick"]);
    expect(offered("run", "-")).toEqual(expect.arrayContaining(["-o", "-q", "-h", "--seed"]));
    expect(offered("run", "--")).toEqual(expect.arrayContaining(["--output", "--quiet", "--help", "--seed"]));
    expect(offered("run", "--", "--su")).toEqual([]);
  });

  test("values of an option, behind it and behind an equals sign", () => {
    expect(offered("run", "--format", "")).toEqual(["csv", "ndjson", "json", "parquet"]);
    expect(offered("run", "--format=nd")).toEqual(["ndjson"]);
    expect(offered("run", "--columns", "stat_lo")).toEqual(["stat_lock", "stat_lock_fail"]);
    expect(offered("run", "-o", "test/sim/cli/traces/s")).toEqual(["test/sim/cli/traces/small.json"]);
    expect(offered("run", "--output=test/sim/cli/traces/s")).toEqual(["test/sim/cli/traces/small.json"]);
    expect(offered("run", "--machine", "ser")).toEqual(["server"]);
    expect(offered("calibrate", "--base", "la")).toContain("lab");
    expect(offered("run", "--seed", "spi")).toEqual([]);
  });

  test("a policy only where --target takes one", () => {
    expect(offered("import", "--target", "pol")).toContain("policy:selfballoon");
    for (const command of ["run", "sweep", "tune", "compare"]) expect(offered(command, "--target", "pol")).toEqual([]);
  });

  test("the policies of hosts for an imported host", () => {
    expect(offered("import", "--host", "--policy", "")).toEqual(expect.arrayContaining(["esx", "proxmox", "none"]));
  });

  test("bundled hosts where a command takes hosts", () => {
    for (const command of ["show", "validate"]) expect(offered(command, "hosts/off")).toEqual(["hosts/office"]);
    expect(offered("run", "hosts/off")).toEqual([]);
  });

  test("arguments, with options anywhere between them", () => {
    expect(offered("run", "spi")).toEqual(["spike"]);
    expect(offered("run", "--seed", "1", "-q", "steady", "spi")).toEqual(["spike"]);
    expect(offered("run", "--plot", "--seed=1", "spi")).toEqual(["spike"]);
    expect(offered("report", "test/sim/cli/traces/s")).toEqual(["test/sim/cli/traces/small.json"]);
    expect(offered("conform", "test/sim/cli/traces/s")).toEqual(["test/sim/cli/traces/small.json"]);
    expect(offered("completion", "")).toEqual(["zsh", "bash", "fish", "powershell"]);
    expect(offered("generate", "")).toEqual(["fleet"]);
  });

  test("the files of a folder that is alone, and no name that would write to the terminal", () => {
    expect(offered("run", "test/sim/cli/tra")).toEqual(["test/sim/cli/traces/small.json"]);
    const folder = join(scratch, "names");
    mkdirSync(folder);
    for (const name of ["a b.json", "c\nd.json", "e\u001b[31m.json", ".hidden.json"])
      writeFileSync(join(folder, name), "");
    expect(offered("run", `${folder}/`)).toEqual([`${folder}/a b.json`]);
  });
});

describe("a script", () => {
  test.each(["bash", "zsh", "fish", "powershell"])("is there for %s", async (name) => {
    expect(await callBalloonSim(["completion", name])).toMatchObject({
      status: 0,
      stderr: "",
      stdout: expect.stringContaining("balloon-sim complete"),
    });
  });

  test("of an unknown shell is a usage error", async () => {
    expect(await callBalloonSim(["completion", "tcsh"])).toMatchObject({ status: 2, stdout: "" });
  });
});

/** Lines that are completed, and what comes of them; the files lie in this repository. */
const LINES = [
  ["balloon-sim stu", "balloon-sim study"],
  ["balloon-sim run --su", "balloon-sim run --summary"],
  ["balloon-sim run spi", "balloon-sim run spike"],
  ["balloon-sim run --format=c", "balloon-sim run --format=csv"],
  ["balloon-sim import --target policy:se", "balloon-sim import --target policy:selfballoon"],
  ["balloon-sim run -o test/sim/cli/tra", "balloon-sim run -o test/sim/cli/traces/small.json"],
] as const;

/** Runs a script by a shell that finds the command under test as `balloon-sim`. */
function by(name: string, args: readonly string[], script: string) {
  const programs = join(scratch, "bin");
  mkdirSync(programs, { recursive: true });
  const program = `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, "bin/balloon-sim.js")}" "$@"\n`;
  writeFileSync(join(programs, "balloon-sim"), program, { mode: 0o755 });
  const file = join(scratch, `script.${name}`);
  writeFileSync(file, script);
  const env = { ...process.env, HOME: scratch, TERM: "xterm", PATH: `${programs}:${process.env.PATH}` };
  return spawnSync(name, [...args, file], { cwd: ROOT, env, encoding: "utf8", timeout: 120_000 });
}

describe("bash", () => {
  const hasBash = hasShell("bash");
  const PACKAGE = "/usr/share/bash-completion/bash_completion";
  /** What bash completes a line to, whose words are as bash breaks them. */
  const ASK =
    `ask() { COMP_LINE=$1; COMP_POINT=\${#1}; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); ` +
    `$COMPLETE; printf "[%s]" "\${COMPREPLY[@]}"; echo; }`;

  test.for([
    ["without bash-completion", "true", hasBash],
    ["with bash-completion", `source ${PACKAGE}`, hasBash && existsSync(PACKAGE)],
  ] as const)("sources the script twice and completes by it, %s", ([, first, isThere], { skip }) => {
    skip(!isThere, "not installed here");
    const asked = [
      ["'balloon-sim run --su' balloon-sim run --su", "[--summary]"],
      ["'balloon-sim run spi' balloon-sim run spi", "[spike]"],
      ["'balloon-sim run --format ' balloon-sim run --format ''", "[csv][ndjson][json][parquet]"],
      ["'balloon-sim run --format=c' balloon-sim run --format = c", "[csv]"],
      ["'balloon-sim run --format=' balloon-sim run --format =", "[csv][ndjson][json][parquet]"],
      ["'balloon-sim import --target policy:se' balloon-sim import --target policy : se", "[selfballoon]"],
      ["'balloon-sim run --target pol' balloon-sim run --target pol", "[]"],
      ["'balloon-sim run $(echo spi' balloon-sim run '$(echo spi'", "[]"],
      ["'balloon-sim run test/sim/cli/tra' balloon-sim run test/sim/cli/tra", "[test/sim/cli/traces/small.json]"],
    ];
    const twice = "source <(balloon-sim completion bash); ".repeat(2);
    const find = "COMPLETE=$(complete -p balloon-sim | sed 's/.*-F \\([^ ]*\\).*/\\1/')";
    const script = `${first}; ${twice}${find}; ${ASK}; ${asked.map(([words]) => `ask ${words}`).join("; ")}`;
    expect(shell(script)).toEqual({ status: 0, stdout: asked.map(([, reply]) => `${reply}\n`).join(""), stderr: "" });
  });
});

// A shell in a terminal of its own types each line and the tab key, and prints what stands on the line then.
test.skipIf(!hasShell("zsh"))("zsh sources the script twice and completes by it", () => {
  const typed = LINES.map(([line]) => `zpty -w -n z "${line}"$'\\t\\x18'; answer`).join("\n");
  const { stdout } = by(
    "zsh",
    ["-f"],
    `
zmodload zsh/zpty
zpty z "zsh -f -i"
zpty -w z 'autoload -Uz compinit; compinit -u -D; bindkey "^I" complete-word'
zpty -w z '${"source <(balloon-sim completion zsh); ".repeat(2)}'
zpty -w z 'show() { print -r -- "{$BUFFER}"; BUFFER=; zle accept-line }; zle -N show; bindkey "^X" show'
answer() { local line; while zpty -r z line; do [[ $line == *"{balloon-sim"* ]] && { print -r -- "$line"; return }; done }
${typed}
zpty -d z
`,
  );
  expect([...stdout.matchAll(/\{(balloon-sim.*?) ?\}/g)].map(([, line]) => line)).toEqual(LINES.map(([, end]) => end));
});

test.skipIf(!hasShell("fish"))("fish sources the script twice and completes by it", () => {
  const script = [
    ..."ab".split("").map(() => "balloon-sim completion fish | source"),
    ...LINES.map(([line]) => `complete -C '${line}'`),
  ];
  const { stdout } = by("fish", ["--no-config"], script.join("\n"));
  const words = stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t")[0]);
  expect(words).toEqual(LINES.map(([, end]) => end.split(" ").at(-1)));
});
