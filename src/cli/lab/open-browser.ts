/**
 * Shows an address in the browser of the desktop.
 * @module
 */
import { spawn } from "node:child_process";

/** Whether there is a desktop whose browser could open. */
export function hasDesktop(env: NodeJS.ProcessEnv = process.env, platform = process.platform): boolean {
  if (env["CI"]) return false;
  if (platform === "darwin" || platform === "win32") return true;
  return Boolean(env["DISPLAY"] || env["WAYLAND_DISPLAY"]);
}

/** Asks the desktop to open `url`. A desktop that cannot is none of our concern: the address is printed. */
export function openBrowser(url: string, platform = process.platform): void {
  const [command, args] =
    platform === "darwin"
      ? ["open", [url]]
      : platform === "win32"
        ? ["rundll32", ["url.dll,FileProtocolHandler", url]]
        : ["xdg-open", [url]];
  const child = spawn(command as string, args as string[], { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
}
