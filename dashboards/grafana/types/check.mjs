// The committed dashboards against Grafana's own types (@grafana/schema): a member that Grafana does not know, or a value of the
// wrong kind, is an error of the TypeScript compiler.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const here = new URL('.', import.meta.url).pathname;
const folder = mkdtempSync(join(here, 'node_modules', '.check-'));
const files = [];
// Enumerations are written as their values in JSON; arrays and objects follow.
writeFileSync(join(folder, 'loose.ts'), `import type { Dashboard, Panel, RowPanel } from '@grafana/schema';
type Loose<T> = T extends string ? \`\${T}\` : T extends number | boolean | null | undefined ? T : T extends (infer U)[] ? Loose<U>[] : T extends object ? { [K in keyof T]: Loose<T[K]> } : T;
export type Head = Loose<Omit<Dashboard, 'panels'>>;
export type Panels = Loose<Panel | RowPanel>[];
`);
for (const language of ['en', 'zh']) {
  for (const name of readdirSync(join(here, '..', 'dashboards', language))) {
    const { panels, ...head } = JSON.parse(readFileSync(join(here, '..', 'dashboards', language, name), 'utf8'));
    const file = join(folder, `${language}-${name}.ts`);
    writeFileSync(file, `import type { Head, Panels } from './loose';\nexport const head: Head = ${JSON.stringify(head)};\nexport const panels: Panels = ${JSON.stringify(panels, null, 1)};\n`);
    files.push(file);
  }
}
const program = ts.createProgram(files, { strict: true, noEmit: true, skipLibCheck: true, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, target: ts.ScriptTarget.ES2022 });
const found = ts.getPreEmitDiagnostics(program);
for (const d of found.slice(0, 20)) console.log(`${d.file?.fileName.split('/').at(-1)}: ${ts.flattenDiagnosticMessageText(d.messageText, '\n').slice(0, 300)}`);
rmSync(folder, { recursive: true });
console.log(`dashboards: ${files.length} files, ${found.length} errors of type`);
process.exit(found.length || files.length === 0 ? 1 : 0);
