namespace Ops.Backup.Infrastructure.Embedded;

/// <summary>The embedded PostgreSQL or its data folder can't be used. The message is one line for the operator: what is wrong, and what to do.</summary>
public sealed class EmbeddedPostgresException(string message, Exception? inner = null) : Exception(message, inner);
