/** The scanner of jsonc-parser alone: the package's index loads its parser, formatter and editor as well. */
declare module "jsonc-parser/lib/umd/impl/scanner.js" {
  export { createScanner } from "jsonc-parser";
}
