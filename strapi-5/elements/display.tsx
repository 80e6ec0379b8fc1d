import { Badge as DesignBadge, Loader as DesignLoader } from '@strapi/design-system';
import type { Elements } from './types';

export const Badge: Elements['Badge'] = ({ children }) => (
  <DesignBadge textColor="neutral700">{children}</DesignBadge>
);

export const Loader: Elements['Loader'] = ({ children }) => <DesignLoader>{children}</DesignLoader>;
