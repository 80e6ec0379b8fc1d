export { Divider } from '@strapi/design-system';
export { Badge, Button, Loader, SearchField } from './components';
export { useApi, useCopy } from './hooks';
export { Icon } from './Icon';
export { permissionsFor } from './permissions';
export * from './strapi';
export type { AdminApp, IconName } from './types';
