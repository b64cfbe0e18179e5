"""user_credentials: the keys of a user, who brings them with each call."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class UserAWSCredentials:
    """Keys of an S3 store. They are passed on with a request and kept nowhere; repr does not show them."""

    aws_access_key_id: str = dataclasses.field(repr=False)
    aws_secret_access_key: str = dataclasses.field(repr=False)
    aws_session_token: str | None = dataclasses.field(default=None, repr=False)
    aws_region: str = "us-east-1"

    def fields(self):
        """As a request names them; those that are not given are left out."""
        return {name: value for name, value in ((field.name, getattr(self, field.name)) for field in dataclasses.fields(self)) if value}
