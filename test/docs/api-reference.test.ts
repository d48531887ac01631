import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { root } from "./pages.js";

describe("the API reference", () => {
  test("builds without a warning: every public export is documented, and every link in its text leads somewhere", async () => {
    const bin = join(root, "node_modules", "typedoc", "bin", "typedoc");
    const run = promisify(execFile)(
      process.execPath,
      // types are checked by tsc before
      [
        bin,
        ...["--emit", "none", "--skipErrorChecking"],
        ...["--treatWarningsAsErrors", "--treatValidationWarningsAsErrors"],
      ],
      { cwd: root, env: { ...process.env, NO_COLOR: "1" } },
    ).then(
      ({ stdout, stderr }) => stdout + stderr,
      ({ stdout, stderr }: { stdout: string; stderr: string }) => `failed\n${stdout}${stderr}`,
    );
    expect((await run).split("\n").filter((line) => /failed|warning|error/.test(line))).toEqual([]);
  });
});
