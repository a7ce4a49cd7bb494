using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Infrastructure.Security;

internal sealed class DataProtectionSecrets(IDataProtectionProvider provider) : ISecrets
{
    private readonly IDataProtector _protector = provider.CreateProtector("Ops.Backup.Sources.Password.v1");

    public string Protect(string secret) => _protector.Protect(secret);

    public string Unprotect(string ciphertext)
    {
        try
        {
            return _protector.Unprotect(ciphertext);
        }
        catch (CryptographicException e)
        {
            throw new SecretUnreadableException(e);
        }
    }
}
