import { statSync } from "node:fs";
import module from "node:module";

/** When a file was written, in milliseconds; 0 where there is none. */
const writtenMs = (/** @type {URL} */ url) => statSync(url, { throwIfNoEntry: false })?.mtimeMs ?? 0;

const here = (/** @type {string} */ relative) => new URL(relative, import.meta.url);

/**
 * Hands over to the compiled command.
 * @param {string} name what the user called
 * @param {string} compiled its module
 * @param {string} [bundle] the same and all that it needs, put together into few files
 */
export async function start(name, compiled, bundle) {
  // Node 22 and later keep compiled code between runs.
  module.enableCompileCache?.();
  // Stacks then show the sources.
  if (process.env.BALLOON_DEBUG) process.setSourceMapsEnabled(true);
  if (writtenMs(here(compiled)) === 0) {
    process.stderr.write(`${name}: not compiled yet: run "npm run build" in ${here("..").pathname}\n`);
    process.exitCode = 1;
    return;
  }
  // What was compiled after it was bundled is newer than the bundle.
  const lastCompiledMs = Math.max(
    ...["engine", "common", "sim"].map((layer) => writtenMs(here(`../dist/${layer}/.tsbuildinfo`))),
  );
  const isBundled = bundle !== undefined && writtenMs(here(bundle)) >= Math.max(lastCompiledMs, 1);
  const { main } = await import(here(isBundled ? bundle : compiled).href);
  await main(process.argv.slice(2));
}
