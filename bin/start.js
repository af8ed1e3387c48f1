import { existsSync } from "node:fs";
import module from "node:module";

/**
 * Hands over to the compiled command.
 * @param {string} name what the user called
 * @param {string} compiled its module, seen from here
 */
export async function start(name, compiled) {
  // Node 22 and later keep compiled code between runs; nothing of this is needed for the command to work.
  module.enableCompileCache?.();
  const url = new URL(compiled, import.meta.url);
  if (!existsSync(url)) {
    process.stderr.write(
      `${name}: not compiled yet: run "npm run build" in ${new URL("..", import.meta.url).pathname}\n`,
    );
    process.exitCode = 1;
    return;
  }
  const { main } = await import(url.href);
  await main(process.argv.slice(2));
}
