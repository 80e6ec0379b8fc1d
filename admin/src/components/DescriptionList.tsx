import type { ReactNode } from 'react';
import styled from 'styled-components';
import { Typography } from '../elements';
import { narrow } from './container';

/** Names and what is in force for them; the name stands above where the window is narrow. */
export const DescriptionList = styled.dl`
  display: grid;
  grid-template-columns: minmax(9rem, 1fr) minmax(0, 3fr);
  overflow: hidden;

  dt,
  dd {
    display: flex;
    align-items: center;
    min-height: ${({ theme }) => theme.spaces[9]};
    padding: ${({ theme }) => theme.spaces[2]} 0;
    border-top: 1px solid ${({ theme }) => theme.colors.neutral150};
    // The line above the first row is out of sight.
    margin-top: -1px;
  }

  dt {
    padding-right: ${({ theme }) => theme.spaces[4]};
  }

  ${narrow} {
    grid-template-columns: minmax(0, 1fr);

    dt {
      min-height: 0;
      padding-bottom: 0;
    }

    dd {
      border-top: none;
    }
  }
`;

const Value = styled.div`
  flex: 1;
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  justify-content: space-between;
  gap: ${({ theme }) => theme.spaces[2]} ${({ theme }) => theme.spaces[4]};
`;

/** Breaks anywhere rather than widening the page: URLs and subjects are long. */
export const Breaking = styled.div<{ $minWidth?: string }>`
  flex: 1 1 12rem;
  overflow-wrap: anywhere;
  min-width: ${({ $minWidth = 0 }) => $minWidth};
`;

interface DescriptionProps {
  readonly name: string;
  readonly children: ReactNode;
  /** At the right, such as where the value comes from. */
  readonly aside?: ReactNode;
}

/** One row of {@link DescriptionList}. */
export function Description({ name, children, aside }: DescriptionProps) {
  return (
    <>
      <Typography as="dt" textColor="neutral600">
        {name}
      </Typography>
      <dd>
        <Value>
          <Breaking>
            <Typography textColor="neutral800">{children}</Typography>
          </Breaking>
          {aside}
        </Value>
      </dd>
    </>
  );
}
