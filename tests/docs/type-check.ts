import { join } from 'node:path';
import ts from 'typescript';
import { repositoryRoot } from '../support/strapi';

/**
 * The errors of TypeScript in some sources, which are JavaScript modules or TypeScript.
 *
 * @param sources by names that need not exist, such as `config.ts`. They can import the plugin by its name.
 * @param strictNullChecks off for snippets that expect an element to be on the page.
 */
export function typeErrors(
  sources: Record<string, string>,
  { strictNullChecks = false } = {},
): Record<string, string[]> {
  const texts = new Map(
    Object.entries(sources).map(([name, text]) => [
      join(repositoryRoot, 'tests', 'docs', `virtual-${name}`),
      text,
    ]),
  );
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: ['node'],
    strict: true,
    strictNullChecks,
    // JavaScript has no type for what Strapi passes to a function, and Strapi's own TypeScript gives none.
    noImplicitAny: false,
    esModuleInterop: true,
    allowJs: true,
    checkJs: true,
    noEmit: true,
    skipLibCheck: true,
    paths: {
      'strapi-plugin-cognito/client': [join(repositoryRoot, 'client', 'index.ts')],
      'strapi-plugin-cognito-client': [join(repositoryRoot, 'client', 'index.ts')],
      'strapi-plugin-cognito/config': [join(repositoryRoot, 'server', 'settings', 'config.ts')],
    },
  };
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => texts.has(path) || disk.fileExists(path),
    readFile: (path) => texts.get(path) ?? disk.readFile(path),
    getSourceFile: (path, language, ...rest) => {
      const text = texts.get(path);
      return text === undefined
        ? disk.getSourceFile(path, language, ...rest)
        : ts.createSourceFile(path, text, language);
    },
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  const names = Object.keys(sources);
  return Object.fromEntries(
    [...texts.keys()].map((path, index) => [
      names[index]!,
      ts
        .getPreEmitDiagnostics(program, program.getSourceFile(path))
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
    ]),
  );
}
