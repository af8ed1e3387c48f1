import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "../processes/command.ts";

/** What a module exports. */
export interface Exported {
  readonly name: string;
  /** Its docstring, without tags; empty: it has none. */
  readonly doc: string;
}

/** The exports of modules of `src`, each in the order of its names. */
export function exportsOf(files: readonly string[]): Exported[][] {
  const paths = files.map((file) => join(ROOT, file));
  const program = ts.createProgram(paths, {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    noEmit: true,
    skipLibCheck: true,
  });
  const checker = program.getTypeChecker();
  return paths.map((path) => {
    const source = program.getSourceFile(path);
    const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${path} is no module`);
    const found = checker.getExportsOfModule(module).map((symbol): Exported => {
      const own = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      return { name: symbol.name, doc: ts.displayPartsToString(own.getDocumentationComment(checker)) };
    });
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  });
}
