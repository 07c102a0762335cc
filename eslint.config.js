import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const SIZE_RULES = {
  complexity: ['error', 12],
  'max-depth': ['error', 3],
  'max-params': ['error', 4],
  'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }],
  'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
};

export default defineConfig(
  { ignores: ['dist/', 'coverage/', 'node_modules/', 'test/support/import-rules/'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: {
          allowDefaultProject: ['eslint.config.js', '.dependency-cruiser.js', 'bin/*.js'],
        },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Only src/config and src/main.ts read the environment.',
        },
        { object: 'process', property: 'exit', message: 'Only src/main.ts ends the process.' },
        { object: 'Date', property: 'now', message: 'Use the Clock (src/domain/clock.ts).' },
        { object: 'performance', property: 'now', message: 'Use the Clock (src/domain/clock.ts).' },
        { object: 'Math', property: 'random', message: 'Take a random source as a dependency.' },
      ],
      'no-restricted-globals': [
        'error',
        { name: 'setTimeout', message: 'Use the Clock (src/domain/clock.ts).' },
        { name: 'setInterval', message: 'Use the Clock (src/domain/clock.ts).' },
      ],
    },
  },
  { files: ['src/**/*.ts'], rules: SIZE_RULES },
  {
    files: ['src/domain/clock.ts', 'src/domain/virtual-clock.ts', 'src/config/**', 'src/main.ts'],
    rules: { 'no-restricted-properties': 'off', 'no-restricted-globals': 'off' },
  },
  {
    files: ['test/**/*.ts', 'scripts/**/*.ts', '*.ts', 'bin/**', '*.js', '.*.js'],
    rules: {
      'no-console': 'off',
      'no-restricted-properties': 'off',
      'no-restricted-globals': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.object.name='vi'][callee.property.name='mock']",
          message: 'Tests use the real modules.',
        },
      ],
    },
  },
  { files: ['**/*.js'], extends: [tseslint.configs.disableTypeChecked] },
);
