import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "./command.ts";

const TESTS = join(ROOT, "test/native/unit");
/** Compiled files stay for the next time; no other program looks here. */
const BUILD = join(ROOT, "node_modules/.cache/balloon-unit");

/** The files that need Node's headers; all others are what is tested. */
const OF_NODE = ["addon.cc", "measuring.cc", "native_worker.cc", "values.cc", "portable.cc"];

const FLAGS = [
  ...["-std=c++17", "-g1", "-O1", "-fno-omit-frame-pointer"],
  ...["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"],
  ...["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"],
  ...["-I", join(ROOT, "native"), "-I", TESTS],
];

/** Names of all tests, from their sources. */
export const unitTestNames = (): string[] =>
  filesOf(TESTS, ".cc").flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/^TEST\((\w+)\)/gm)].map(([, name]) => name as string),
  );

/** Compiles what is newer than its object, with the sanitizers for addresses, leaks and undefined behaviour; returns the program. */
export async function unitTestProgram(): Promise<string> {
  mkdirSync(BUILD, { recursive: true });
  const emulation = ["script", "host_state", "host", "port_trap", "own_frames", "in_process"].map((name) =>
    join(ROOT, "native/emulation", `${name}.cc`),
  );
  const sources = [
    ...filesOf(join(ROOT, "native"), ".cc").filter((file) => !OF_NODE.includes(basename(file))),
    ...emulation,
    ...filesOf(TESTS, ".cc"),
  ];
  const headers = ["native", "native/emulation", "test/native/unit"].flatMap((path) => filesOf(join(ROOT, path), ".h"));
  const newestHeader = Math.max(...headers.map(writtenMs));
  const waiting = sources.map((source) => ({ source, object: join(BUILD, `${basename(source)}.o`) }));
  const objects = waiting.map(({ object }) => object);
  const compileSome = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { source, object } = next;
      if (writtenMs(object) > Math.max(newestHeader, writtenMs(source))) continue;
      await compile([...FLAGS, "-c", source], object);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, compileSome));
  const program = join(BUILD, "unit-tests");
  if (writtenMs(program) <= Math.max(...objects.map(writtenMs))) {
    await compile(["-fsanitize=address,undefined", ...objects, "-pthread"], program);
  }
  return program;
}

async function compile(options: readonly string[], output: string): Promise<void> {
  const unfinished = `${output}.${process.pid}`;
  await promisify(execFile)("g++", [...options, "-o", unfinished]);
  renameSync(unfinished, output);
}

const filesOf = (directory: string, ending: string): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith(ending))
    .map((name) => join(directory, name));

const writtenMs = (file: string): number => (existsSync(file) ? statSync(file).mtimeMs : 0);
