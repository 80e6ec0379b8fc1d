export { default } from './dist/admin/index.js';
