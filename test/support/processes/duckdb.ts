import { isAbsolute } from "node:path";

/** Names of the columns, and the rows: whole numbers of 64 bits as text. */
export interface QueryResult {
  readonly names: string[];
  readonly rows: unknown[][];
}

/** Runs a query on files of a folder. */
export type Query = (sql: string, folder: string) => Promise<QueryResult>;

async function open(): Promise<Query | null> {
  try {
    const { DuckDBInstance } = await import("@duckdb/node-api");
    const connection = await (await DuckDBInstance.create()).connect();
    return async (sql, folder) => {
      if (!isAbsolute(folder)) throw new Error("the folder needs an absolute path");
      await connection.run(`SET file_search_path = '${folder}'`);
      const reader = await connection.runAndReadAll(sql);
      return { names: reader.columnNames(), rows: reader.getRowsJson() as unknown[][] };
    };
  } catch {
    // There is no binary for this platform.
    return null;
  }
}

/** DuckDB in this process; null where its package has no binary for this platform. */
export const duckdb = await open();
