namespace Ops.Backup.Domain;

/// <summary>A rule refused something. <see cref="Code"/> is stable: frontends and scripts switch on it, not on the message.</summary>
public abstract class DomainException(string code, string message) : Exception(message)
{
    public string Code { get; } = code;
}

/// <summary>A value that can't be: names the field it came in by.</summary>
public sealed class InvalidValueException(string code, string field, string message) : DomainException(code, message)
{
    public string Field { get; } = field;
}

/// <summary>What was asked for does not exist (any more).</summary>
public sealed class NotFoundException(string code, string message) : DomainException(code, message);

/// <summary>Right in itself, but not in the present state; <see cref="ConflictingId"/> is what stands in the way.</summary>
public sealed class ConflictException(string code, string message, string? conflictingId = null) : DomainException(code, message)
{
    public string? ConflictingId { get; } = conflictingId;
}
