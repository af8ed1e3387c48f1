const ENDS = ["SIGTERM", "SIGINT"] as const;

/** What a daemon does on signals. */
export interface SignalHandlers {
  /** SIGTERM or SIGINT has come: the daemon ends. */
  stop(signal: string): void;
  /** SIGHUP has come: the daemon reads its settings again. */
  reload(): void;
}

/** Handles signals until the returned function is called. */
export function onSignals({ stop, reload }: SignalHandlers): () => void {
  const end = (signal: string): void => stop(signal);
  const again = (): void => reload();
  for (const signal of ENDS) process.on(signal, end);
  process.on("SIGHUP", again);
  return () => {
    for (const signal of ENDS) process.off(signal, end);
    process.off("SIGHUP", again);
  };
}
