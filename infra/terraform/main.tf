# A Cognito user pool for logins to Strapi with strapi-plugin-cognito. Enter the outputs on the plugin's page
# in Strapi.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.12"
    }
  }
}

variable "pool_name" {
  type    = string
  default = "strapi-members"
}

variable "domain" {
  type        = string
  description = "A prefix that is not taken in the region, such as my-app. With certificate_arn, a custom domain, such as login.example.com."

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", var.domain))
    error_message = "Lower case letters, digits, dots and hyphens."
  }
}

variable "certificate_arn" {
  type        = string
  description = "The certificate of a custom domain, in AWS Certificate Manager in us-east-1. Empty for a prefix."
  default     = ""
}

variable "callback_urls" {
  type        = list(string)
  description = "Strapi's callback URL, as the plugin's page shows it."
  default     = ["http://localhost:1337/api/connect/cognito/callback"]

  validation {
    condition     = alltrue([for url in var.callback_urls : can(regex("^(https://[^/?#]+|http://localhost(:[0-9]+)?)(/[^?#]*)?/connect/cognito/callback$", url))])
    error_message = "Each must be https, or http on localhost, and end in /connect/cognito/callback."
  }
}

variable "sign_out_urls" {
  type        = list(string)
  description = "Where users return after logging out, as in logout.redirects of the plugin."
  default     = ["http://localhost:3000"]
}

variable "identity_providers" {
  type        = list(string)
  description = "COGNITO, and the names of other identity providers once you have added them to the user pool."
  default     = ["COGNITO"]
}

variable "self_sign_up" {
  type        = bool
  description = "Whether anyone can sign up."
  default     = true
}

variable "mfa" {
  type        = string
  description = "Whether users can (OPTIONAL) or must (ON) confirm a login with an authenticator app."
  default     = "OPTIONAL"

  validation {
    condition     = contains(["OFF", "OPTIONAL", "ON"], var.mfa)
    error_message = "One of OFF, OPTIONAL, ON."
  }
}

variable "plan" {
  type        = string
  description = "The feature plan of the user pool. LITE has only the classic sign-in pages."
  default     = "ESSENTIALS"

  validation {
    condition     = contains(["LITE", "ESSENTIALS", "PLUS"], var.plan)
    error_message = "One of LITE, ESSENTIALS, PLUS."
  }
}

variable "threat_protection" {
  type        = string
  description = "How Cognito treats logins that look like an attack. AUDIT and ENFORCED need the plan PLUS."
  default     = "OFF"

  validation {
    condition     = contains(["OFF", "AUDIT", "ENFORCED"], var.threat_protection)
    error_message = "One of OFF, AUDIT, ENFORCED."
  }
}

variable "deletion_protection" {
  type        = string
  description = "If ACTIVE, the user pool with all its users cannot be deleted."
  default     = "ACTIVE"

  validation {
    condition     = contains(["ACTIVE", "INACTIVE"], var.deletion_protection)
    error_message = "One of ACTIVE, INACTIVE."
  }
}

data "aws_region" "current" {}

resource "aws_cognito_user_pool" "members" {
  name                = var.pool_name
  user_pool_tier      = var.plan
  deletion_protection = var.deletion_protection
  username_attributes = ["email"]

  # Otherwise Ann@example.com and ann@example.com are two users. You cannot change this later.
  username_configuration {
    case_sensitive = false
  }

  schema {
    name                = "email"
    attribute_data_type = "String"
    required            = true
    mutable             = true

    # Cognito's own defaults. Without them, each plan would recreate the user pool.
    string_attribute_constraints {
      min_length = "0"
      max_length = "2048"
    }
  }

  auto_verified_attributes = ["email"]

  # A new address applies once the user has verified it. Until then, the old one stays.
  user_attribute_update_settings {
    attributes_require_verification_before_update = ["email"]
  }

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
  }

  admin_create_user_config {
    allow_admin_create_user_only = !var.self_sign_up
  }

  password_policy {
    minimum_length                   = 12
    require_lowercase                = true
    require_numbers                  = true
    require_symbols                  = false
    require_uppercase                = true
    temporary_password_validity_days = 7
  }

  mfa_configuration = var.mfa

  dynamic "software_token_mfa_configuration" {
    for_each = var.mfa == "OFF" ? [] : [true]

    content {
      enabled = true
    }
  }

  dynamic "user_pool_add_ons" {
    for_each = var.threat_protection == "OFF" ? [] : [true]

    content {
      advanced_security_mode = var.threat_protection
    }
  }

  lifecycle {
    precondition {
      condition     = var.threat_protection == "OFF" || var.plan == "PLUS"
      error_message = "threat_protection needs the plan PLUS."
    }
  }
}

resource "aws_cognito_user_pool_client" "strapi" {
  name            = "Strapi Auth"
  user_pool_id    = aws_cognito_user_pool.members.id
  generate_secret = true

  # Never "implicit", which puts tokens into URLs.
  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["code"]
  allowed_oauth_scopes                 = ["openid", "email", "profile"]
  callback_urls                        = var.callback_urls
  logout_urls                          = var.sign_out_urls
  supported_identity_providers         = var.identity_providers
  explicit_auth_flows                  = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]

  # Do not reveal which addresses have an account.
  prevent_user_existence_errors = "ENABLED"
  enable_token_revocation       = true

  # The plugin keeps no refresh token.
  access_token_validity  = 60
  id_token_validity      = 60
  refresh_token_validity = 1

  token_validity_units {
    access_token  = "minutes"
    id_token      = "minutes"
    refresh_token = "days"
  }
}

resource "aws_cognito_user_pool_domain" "members" {
  user_pool_id          = aws_cognito_user_pool.members.id
  domain                = var.domain
  certificate_arn       = var.certificate_arn == "" ? null : var.certificate_arn
  managed_login_version = var.plan == "LITE" ? 1 : 2
}

# Managed sign-in pages are shown only if they have a style.
resource "aws_cognito_managed_login_branding" "members" {
  count = var.plan == "LITE" ? 0 : 1

  user_pool_id                = aws_cognito_user_pool.members.id
  client_id                   = aws_cognito_user_pool_client.strapi.id
  use_cognito_provided_values = true
}

output "client_id" {
  description = "Client ID"
  value       = aws_cognito_user_pool_client.strapi.id
}

output "client_secret_command" {
  description = "A command that prints the Client Secret"
  value       = "aws cognito-idp describe-user-pool-client --region ${data.aws_region.current.region} --user-pool-id ${aws_cognito_user_pool.members.id} --client-id ${aws_cognito_user_pool_client.strapi.id} --query UserPoolClient.ClientSecret --output text"
}

output "host_uri" {
  description = "Host URI (Subdomain)"
  value       = var.certificate_arn == "" ? "${var.domain}.auth.${data.aws_region.current.region}.amazoncognito.com" : var.domain
}

output "jwks_url" {
  description = "JWKS URL, which can stay empty"
  value       = "https://cognito-idp.${data.aws_region.current.region}.amazonaws.com/${aws_cognito_user_pool.members.id}/.well-known/jwks.json"
}

output "user_pool_id" {
  description = "User pool ID, if your front-end gets tokens from Cognito itself"
  value       = aws_cognito_user_pool.members.id
}

output "domain_target" {
  description = "The target of the DNS record of a custom domain"
  value       = var.certificate_arn == "" ? null : aws_cognito_user_pool_domain.members.cloudfront_distribution
}
