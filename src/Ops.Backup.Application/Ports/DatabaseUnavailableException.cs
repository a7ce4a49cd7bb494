namespace Ops.Backup.Application.Ports;

/// <summary>The service's own database does not answer now; trying again later is right.</summary>
public sealed class DatabaseUnavailableException(Exception inner) : Exception("The service's database does not answer.", inner);
