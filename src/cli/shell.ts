/**
 * The command line as a person would type it again.
 * @module
 */

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** `foretrain` with the arguments of this process, quoted for a shell. */
export function commandLine(): string {
  return ["foretrain", ...process.argv.slice(2)].map(shellWord).join(" ");
}
