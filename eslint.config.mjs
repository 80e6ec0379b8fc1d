import js from '@eslint/js';
import typescript from 'typescript-eslint';

export default typescript.config(
  {
    ignores: [
      '**/node_modules/',
      '**/dist/',
      'coverage/',
      'reports/',
      '.stryker-tmp/',
      'demo/app/build/',
      'demo/app/types/',
      'demo/app/.strapi/',
      '**/.tmp/',
      'strapi-5/.build/',
      'strapi-5/demo/',
      // Compiled among the pages only, by strapi-5/build.mjs.
      'strapi-5/elements/',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [typescript.configs.strictTypeChecked, typescript.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // With `void`-returning handlers of Strapi and Koa a returned promise is what is wanted.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
    },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    languageOptions: {
      globals: {
        module: 'writable',
        require: 'readonly',
        process: 'readonly',
        console: 'readonly',
        __dirname: 'readonly',
        setTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        URL: 'readonly',
      },
    },
  },
  {
    files: ['**/*.js'],
    ignores: ['**/strapi-admin.js'],
    languageOptions: { sourceType: 'commonjs' },
  },
  {
    files: ['demo/front/pages/**/*.js', 'demo/app/src/admin/*.js'],
    languageOptions: {
      sourceType: 'module',
      globals: {
        document: 'readonly',
        window: 'readonly',
        location: 'readonly',
        history: 'readonly',
        sessionStorage: 'readonly',
        localStorage: 'readonly',
        fetch: 'readonly',
        URLSearchParams: 'readonly',
        URL: 'readonly',
      },
    },
  },
  {
    files: ['examples/**/*.mjs'],
    languageOptions: {
      globals: {
        document: 'readonly',
        location: 'readonly',
        navigator: 'readonly',
        sessionStorage: 'readonly',
        fetch: 'readonly',
        URLSearchParams: 'readonly',
      },
    },
  },
  {
    // The pages are the same for Strapi 4 and 5: what differs is behind `elements/`.
    files: ['admin/src/**/*.ts', 'admin/src/**/*.tsx'],
    ignores: ['admin/src/elements/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@strapi/*', 'react-router-dom', 'react-query', '**/elements/**'],
              message: 'Import from ../elements.',
            },
          ],
        },
      ],
    },
  },
  {
    // Layout is for components; pages put them together.
    files: ['admin/src/**/*.ts', 'admin/src/**/*.tsx'],
    ignores: ['admin/src/{elements,components}/**', 'admin/src/theme.d.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "ImportDeclaration[source.value='styled-components']",
          message: 'Write a component in components/.',
        },
      ],
    },
  },
  {
    files: ['tests/**/*.ts', 'demo/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);
