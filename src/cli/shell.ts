/**
 * The command line as a person would type it again.
 * @module
 */

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * The command of this process, quoted for a shell. FORETRAIN_COMMAND says how a wrapper that runs `foretrain forecast`
 * is called (`npm start --`); else it is `foretrain`.
 */
export function commandLine(
  args: readonly string[] = process.argv.slice(2),
  wrapper: string | undefined = process.env["FORETRAIN_COMMAND"],
): string {
  const words = args.map(shellWord);
  if (wrapper && args[0] === "forecast") return [wrapper, ...words.slice(1)].join(" ");
  return ["foretrain", ...words].join(" ");
}
