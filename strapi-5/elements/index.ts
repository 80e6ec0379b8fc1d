export { VisuallyHidden } from '@strapi/design-system';
export { useClipboard, useFetchClient } from '@strapi/strapi/admin';
export {
  Box,
  Dialog,
  Flex,
  IconButton,
  SelectField,
  TextField,
  ToggleField,
  Typography,
  UserLink,
} from './components';
export { useNotify, usePermissions, useUrlParameter } from './hooks';
export { LeavePrompt, PageLoader, RequirePermissions, SettingsPage, Tabs } from './page';
export { addUserPanel, SETTINGS_LINKS } from './plugin';
