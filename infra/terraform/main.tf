# A Cognito user pool whose members log in to Strapi with strapi-plugin-cognito. The outputs are what goes
# into Strapi's Providers page.

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
  description = "A prefix that nobody else in the region has, such as my-app; or, with certificate_arn, a domain of your own, such as login.example.com."

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", var.domain))
    error_message = "Lower case letters, digits, dots and hyphens."
  }
}

variable "certificate_arn" {
  type        = string
  description = "For a domain of your own, its certificate in AWS Certificate Manager of us-east-1. Empty for a prefix."
  default     = ""
}

variable "callback_urls" {
  type        = list(string)
  description = "Strapi's callback URL, as its Providers page shows it."
  default     = ["http://localhost:1337/api/connect/cognito/callback"]

  validation {
    condition     = alltrue([for url in var.callback_urls : can(regex("^(https://[^/?#]+|http://localhost(:[0-9]+)?)(/[^?#]*)?/connect/cognito/callback$", url))])
    error_message = "Each must be https, or http on localhost, and end in /connect/cognito/callback."
  }
}

variable "sign_out_urls" {
  type        = list(string)
  description = "Where members come back to after logging out, as in logout.redirects of the plugin."
  default     = ["http://localhost:3000"]
}

variable "identity_providers" {
  type        = list(string)
  description = "COGNITO, and the names of other identity providers once they are added to the pool."
  default     = ["COGNITO"]
}

variable "self_sign_up" {
  type        = bool
  description = "Whether strangers may sign up by themselves."
  default     = true
}

variable "mfa" {
  type        = string
  description = "Whether members may (OPTIONAL) or must (ON) confirm a login with an authenticator app."
  default     = "OPTIONAL"

  validation {
    condition     = contains(["OFF", "OPTIONAL", "ON"], var.mfa)
    error_message = "One of OFF, OPTIONAL, ON."
  }
}

variable "plan" {
  type        = string
  description = "The feature plan of the pool. LITE has the classic sign-in pages alone."
  default     = "ESSENTIALS"

  validation {
    condition     = contains(["LITE", "ESSENTIALS", "PLUS"], var.plan)
    error_message = "One of LITE, ESSENTIALS, PLUS."
  }
}

variable "threat_protection" {
  type        = string
  description = "What Cognito does about logins that look like an attack. AUDIT and ENFORCED need the plan PLUS."
  default     = "OFF"

  validation {
    condition     = contains(["OFF", "AUDIT", "ENFORCED"], var.threat_protection)
    error_message = "One of OFF, AUDIT, ENFORCED."
  }
}

variable "deletion_protection" {
  type        = string
  description = "While ACTIVE, the pool with all its people cannot be deleted."
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

  # Else Ann@example.com and ann@example.com are two people. It cannot be changed later.
  username_configuration {
    case_sensitive = false
  }

  schema {
    name                = "email"
    attribute_data_type = "String"
    required            = true
    mutable             = true

    # What Cognito has by itself: without them, each plan would make the pool anew.
    string_attribute_constraints {
      min_length = "0"
      max_length = "2048"
    }
  }

  auto_verified_attributes = ["email"]

  # A new address counts once its owner has proven it; until then the old one stays.
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

  # Whether an address has an account is nobody's business.
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

# Managed sign-in pages are not shown before they have a style.
resource "aws_cognito_managed_login_branding" "members" {
  count = var.plan == "LITE" ? 0 : 1

  user_pool_id                = aws_cognito_user_pool.members.id
  client_id                   = aws_cognito_user_pool_client.strapi.id
  use_cognito_provided_values = true
}

output "client_id" {
  description = "Providers page: Client ID"
  value       = aws_cognito_user_pool_client.strapi.id
}

output "client_secret_command" {
  description = "Providers page: Client Secret is what this command prints"
  value       = "aws cognito-idp describe-user-pool-client --region ${data.aws_region.current.region} --user-pool-id ${aws_cognito_user_pool.members.id} --client-id ${aws_cognito_user_pool_client.strapi.id} --query UserPoolClient.ClientSecret --output text"
}

output "host_uri" {
  description = "Providers page: Host URI (Subdomain)"
  value       = var.certificate_arn == "" ? "${var.domain}.auth.${data.aws_region.current.region}.amazoncognito.com" : var.domain
}

output "jwks_url" {
  description = "Providers page: JWKS URL, which may stay empty"
  value       = "https://cognito-idp.${data.aws_region.current.region}.amazonaws.com/${aws_cognito_user_pool.members.id}/.well-known/jwks.json"
}

output "user_pool_id" {
  description = "connection.userPoolId of the plugin, where apps bring tokens before the first login by browser"
  value       = aws_cognito_user_pool.members.id
}

output "domain_target" {
  description = "What the DNS record of a domain of your own points to"
  value       = var.certificate_arn == "" ? null : aws_cognito_user_pool_domain.members.cloudfront_distribution
}
