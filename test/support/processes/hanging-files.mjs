// Loaded before a program (node --import): writes to files named in HANGING_FILES never return once the file HANGING_FROM exists. If
// HANGING_FROM is empty, opening them does not return while HANGING_PIPE has no writer.
// Each occupies a thread of libuv's, as a system call on a frozen file system does.
import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

const { HANGING_FILES = "", HANGING_FROM = "", HANGING_PIPE = "" } = process.env;
const { open } = fs;
fs.open = async (path, ...options) => {
  const hangs = HANGING_FILES.split(":").includes(String(path).replace(/\.tmp$/, ""));
  if (hangs && HANGING_FROM === "") await (await open(HANGING_PIPE, "r")).close();
  const handle = await open(path, ...options);
  if (!hangs || HANGING_FROM === "") return handle;
  const write = handle.write.bind(handle);
  // Nothing ever writes to the pipe, so the call that opens it for reading does not return.
  handle.write = (...args) => (existsSync(HANGING_FROM) ? open(HANGING_PIPE, "r") : write(...args));
  return handle;
};
syncBuiltinESMExports();
